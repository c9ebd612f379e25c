-- What every CMDB starts with: published names and GUIDs (guids.md), ours where none is published.

INSERT INTO Role (Guid, Name, Description, Privileges) VALUES
  ('2e1f478a-4986-4223-9d1e-b5920a63ab41', 'Administrators', 'May see and change everything.', '["read","write","security"]'),
  ('2e1f478a-4986-4223-9d1e-b5920a63ab42', 'Viewers', 'May see everything but secrets, and change nothing.', '["read"]');

INSERT INTO ItemClass (Guid, Name) VALUES
  ('7f0c3b1e-2d54-4c8a-8f10-000000000001', 'Package'),
  ('7f0c3b1e-2d54-4c8a-8f10-000000000002', 'Policy'),
  ('7f0c3b1e-2d54-4c8a-8f10-000000000003', 'Target'),
  ('7f0c3b1e-2d54-4c8a-8f10-000000000004', 'Site');

INSERT INTO ResourceType (Guid, Name) VALUES
  ('493435f7-3b17-4c4c-b07f-c23e7ab7781f', 'Computer'),
  ('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0001', 'User'),
  ('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0002', 'Package'),
  ('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0003', 'Site');

INSERT INTO ResourceTypeHierarchy (ResourceTypeGuid, BaseResourceTypeGuid) VALUES
  ('493435f7-3b17-4c4c-b07f-c23e7ab7781f', '493435f7-3b17-4c4c-b07f-c23e7ab7781f'),
  ('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0001', '2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0001'),
  ('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0002', '2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0002'),
  ('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0003', '2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0003');

INSERT INTO ResourceTypeMergeKey (ResourceTypeGuid, KeyName, Strength) VALUES
  ('493435f7-3b17-4c4c-b07f-c23e7ab7781f', 'uniqueid', 3),
  ('493435f7-3b17-4c4c-b07f-c23e7ab7781f', 'fqdn', 2),
  ('493435f7-3b17-4c4c-b07f-c23e7ab7781f', 'name.domain', 2),
  ('493435f7-3b17-4c4c-b07f-c23e7ab7781f', 'macaddress', 1);

INSERT INTO ResourceAssociationType (Guid, Name) VALUES
  ('ed35a8d1-bf60-4771-9dde-092c146c485a', 'Asset User Owner'),
  ('1466e770-4413-4517-a89d-6599b8a7f144', 'Asset Department Owner'),
  ('05de450f-39ea-4aae-8c5f-77817889c27c', 'Asset''s Location'),
  ('3028166f-c0d6-41d8-9cb7-f64852e0fd01', 'Asset''s Status'),
  ('dc4689d9-1d2d-47cc-bf65-fd9437d08ed5', 'Location Hierarchy');

INSERT INTO DataClass (Guid, Name, DataTableName, Kind, IsMultiRow, Description) VALUES
  ('9e6f402a-6a45-4cba-9299-c2323f73a506', 'AeX AC Identification', 'Inv_AeX_AC_Identification', 'inventory', 0, ''),
  ('5d5d5d5d-0000-4000-8000-000000000201', 'AeX AC TCPIP', 'Inv_AeX_AC_TCPIP', 'inventory', 1, ''),
  ('5d5d5d5d-0000-4000-8000-000000000202', 'AeX AC Client Agent', 'Inv_AeX_AC_Client_Agent', 'inventory', 1, ''),
  ('5d5d5d5d-0000-4000-8000-000000000203', 'AeX AC Primary User', 'Inv_AeX_AC_Primary_User', 'inventory', 1, ''),
  ('5d5d5d5d-0000-4000-8000-000000000204', 'AeX AC Location', 'Inv_AeX_AC_Location', 'inventory', 0, ''),
  ('5d5d5d5d-0000-4000-8000-000000000205', 'AeX AC VirtualMachine', 'Inv_AeX_AC_VirtualMachine', 'inventory', 0, '');

INSERT INTO DataClassColumn (DataClassGuid, Position, Name, DataType, MaxLength) VALUES
  ('9e6f402a-6a45-4cba-9299-c2323f73a506', 0, 'Name', 'text', 256),
  ('9e6f402a-6a45-4cba-9299-c2323f73a506', 1, 'Domain', 'text', 256),
  ('9e6f402a-6a45-4cba-9299-c2323f73a506', 2, 'FQDN', 'text', 400),
  ('9e6f402a-6a45-4cba-9299-c2323f73a506', 3, 'OS Name', 'text', 256),
  ('9e6f402a-6a45-4cba-9299-c2323f73a506', 4, 'OS Version', 'text', 100),
  ('9e6f402a-6a45-4cba-9299-c2323f73a506', 5, 'System Type', 'text', 100),
  ('9e6f402a-6a45-4cba-9299-c2323f73a506', 6, 'Last Logon User', 'text', 256),
  ('9e6f402a-6a45-4cba-9299-c2323f73a506', 7, 'Client Date', 'text', 60),
  ('9e6f402a-6a45-4cba-9299-c2323f73a506', 8, 'OS Build Number', 'text', 60),
  ('9e6f402a-6a45-4cba-9299-c2323f73a506', 9, 'Time Zone', 'text', 100),
  ('9e6f402a-6a45-4cba-9299-c2323f73a506', 10, 'UniqueID', 'text', 256),
  ('9e6f402a-6a45-4cba-9299-c2323f73a506', 11, 'System Manufacturer', 'text', 256),
  ('9e6f402a-6a45-4cba-9299-c2323f73a506', 12, 'System Model', 'text', 256),
  ('5d5d5d5d-0000-4000-8000-000000000201', 0, 'Host Name', 'text', 256),
  ('5d5d5d5d-0000-4000-8000-000000000201', 1, 'Primary DNS Suffix', 'text', 256),
  ('5d5d5d5d-0000-4000-8000-000000000201', 2, 'IP Address', 'text', 45),
  ('5d5d5d5d-0000-4000-8000-000000000201', 3, 'Subnet Mask', 'text', 45),
  ('5d5d5d5d-0000-4000-8000-000000000201', 4, 'Subnet', 'text', 45),
  ('5d5d5d5d-0000-4000-8000-000000000201', 5, 'MAC Address', 'text', 32),
  ('5d5d5d5d-0000-4000-8000-000000000201', 6, 'Default Gateway', 'text', 45),
  ('5d5d5d5d-0000-4000-8000-000000000201', 7, 'DNS Server 1', 'text', 45),
  ('5d5d5d5d-0000-4000-8000-000000000201', 8, 'DNS Server 2', 'text', 45),
  ('5d5d5d5d-0000-4000-8000-000000000201', 9, 'Adapter', 'text', 256),
  ('5d5d5d5d-0000-4000-8000-000000000201', 10, 'DHCP Enabled', 'text', 10),
  ('5d5d5d5d-0000-4000-8000-000000000202', 0, 'Agent Name', 'text', 256),
  ('5d5d5d5d-0000-4000-8000-000000000202', 1, 'Product Version', 'text', 60),
  ('5d5d5d5d-0000-4000-8000-000000000202', 2, 'Build Number', 'text', 60),
  ('5d5d5d5d-0000-4000-8000-000000000202', 3, 'Install Path', 'text', 512),
  ('5d5d5d5d-0000-4000-8000-000000000202', 4, 'Agent Class Guid', 'text', 64),
  ('5d5d5d5d-0000-4000-8000-000000000203', 0, 'Month', 'text', 20),
  ('5d5d5d5d-0000-4000-8000-000000000203', 1, 'Year', 'text', 10),
  ('5d5d5d5d-0000-4000-8000-000000000203', 2, 'User', 'text', 256),
  ('5d5d5d5d-0000-4000-8000-000000000203', 3, 'Domain', 'text', 256),
  ('5d5d5d5d-0000-4000-8000-000000000203', 4, 'Server Generated', 'text', 10),
  ('5d5d5d5d-0000-4000-8000-000000000204', 0, 'Location', 'text', 256),
  ('5d5d5d5d-0000-4000-8000-000000000204', 1, 'Site', 'text', 256),
  ('5d5d5d5d-0000-4000-8000-000000000204', 2, 'Time Zone', 'text', 100),
  ('5d5d5d5d-0000-4000-8000-000000000205', 0, 'Is Virtual', 'text', 10),
  ('5d5d5d5d-0000-4000-8000-000000000205', 1, 'Hypervisor', 'text', 100),
  ('5d5d5d5d-0000-4000-8000-000000000205', 2, 'Host', 'text', 256);

INSERT INTO Item (Guid, Name, Description, ClassGuid, ProductGuid, Attributes, CreatedAt, CreatedBy, ModifiedAt, ModifiedBy) VALUES
  ('eb3a1a12-e1c7-4431-b060-f0333e4e488c', 'All Computers', 'Every managed computer.', '7f0c3b1e-2d54-4c8a-8f10-000000000003', NULL, 0, strftime('%Y-%m-%dT%H:%M:%fZ','now'), 'system', strftime('%Y-%m-%dT%H:%M:%fZ','now'), 'system'),
  ('142f2372-e64d-43c0-a207-17db2c0552c4', 'All Desktop computers (excluding ''Site Servers'')', 'How agents talk to the server.', '7f0c3b1e-2d54-4c8a-8f10-000000000002', NULL, 0, strftime('%Y-%m-%dT%H:%M:%fZ','now'), 'system', strftime('%Y-%m-%dT%H:%M:%fZ','now'), 'system'),
  ('4d0a6a5e-6c1b-4f57-9f0a-1c2d3e4f5a6b', 'Task Agent Settings', 'How agents choose a task server.', '7f0c3b1e-2d54-4c8a-8f10-000000000002', NULL, 0, strftime('%Y-%m-%dT%H:%M:%fZ','now'), 'system', strftime('%Y-%m-%dT%H:%M:%fZ','now'), 'system');

INSERT INTO Target (Guid, Kind) VALUES
  ('eb3a1a12-e1c7-4431-b060-f0333e4e488c', 'all');

INSERT INTO Policy (Guid, Kind, IsEnabled, PackageGuid, ProgramGuid, Settings, Version) VALUES
  ('142f2372-e64d-43c0-a207-17db2c0552c4', 'agentSettings', 1, NULL, NULL, '{}', 1),
  ('4d0a6a5e-6c1b-4f57-9f0a-1c2d3e4f5a6b', 'taskAgent', 1, NULL, NULL, '{}', 1);

INSERT INTO PolicyTarget (PolicyGuid, TargetGuid) VALUES
  ('142f2372-e64d-43c0-a207-17db2c0552c4', 'eb3a1a12-e1c7-4431-b060-f0333e4e488c'),
  ('4d0a6a5e-6c1b-4f57-9f0a-1c2d3e4f5a6b', 'eb3a1a12-e1c7-4431-b060-f0333e4e488c');
