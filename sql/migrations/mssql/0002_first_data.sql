-- What every CMDB starts with: published names and GUIDs (guids.md), ours where none is published.

INSERT INTO Role (Guid, Name, Description, Privileges) VALUES
  ('2e1f478a-4986-4223-9d1e-b5920a63ab41', N'Administrators', N'May see and change everything.', N'["read","write","security"]'),
  ('2e1f478a-4986-4223-9d1e-b5920a63ab42', N'Viewers', N'May see everything but secrets, and change nothing.', N'["read"]');

INSERT INTO ItemClass (Guid, Name) VALUES
  ('7f0c3b1e-2d54-4c8a-8f10-000000000001', N'Package'),
  ('7f0c3b1e-2d54-4c8a-8f10-000000000002', N'Policy'),
  ('7f0c3b1e-2d54-4c8a-8f10-000000000003', N'Target'),
  ('7f0c3b1e-2d54-4c8a-8f10-000000000004', N'Site');

INSERT INTO ResourceType (Guid, Name) VALUES
  ('493435f7-3b17-4c4c-b07f-c23e7ab7781f', N'Computer'),
  ('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0001', N'User'),
  ('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0002', N'Package'),
  ('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0003', N'Site');

INSERT INTO ResourceTypeHierarchy (ResourceTypeGuid, BaseResourceTypeGuid) VALUES
  ('493435f7-3b17-4c4c-b07f-c23e7ab7781f', '493435f7-3b17-4c4c-b07f-c23e7ab7781f'),
  ('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0001', '2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0001'),
  ('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0002', '2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0002'),
  ('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0003', '2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0003');

INSERT INTO ResourceTypeMergeKey (ResourceTypeGuid, KeyName, Strength) VALUES
  ('493435f7-3b17-4c4c-b07f-c23e7ab7781f', N'uniqueid', 3),
  ('493435f7-3b17-4c4c-b07f-c23e7ab7781f', N'fqdn', 2),
  ('493435f7-3b17-4c4c-b07f-c23e7ab7781f', N'name.domain', 2),
  ('493435f7-3b17-4c4c-b07f-c23e7ab7781f', N'macaddress', 1);

INSERT INTO ResourceAssociationType (Guid, Name) VALUES
  ('ed35a8d1-bf60-4771-9dde-092c146c485a', N'Asset User Owner'),
  ('1466e770-4413-4517-a89d-6599b8a7f144', N'Asset Department Owner'),
  ('05de450f-39ea-4aae-8c5f-77817889c27c', N'Asset''s Location'),
  ('3028166f-c0d6-41d8-9cb7-f64852e0fd01', N'Asset''s Status'),
  ('dc4689d9-1d2d-47cc-bf65-fd9437d08ed5', N'Location Hierarchy');

INSERT INTO DataClass (Guid, Name, DataTableName, Kind, IsMultiRow, Description) VALUES
  ('9e6f402a-6a45-4cba-9299-c2323f73a506', N'AeX AC Identification', N'Inv_AeX_AC_Identification', N'inventory', 0, N''),
  ('5d5d5d5d-0000-4000-8000-000000000201', N'AeX AC TCPIP', N'Inv_AeX_AC_TCPIP', N'inventory', 1, N''),
  ('5d5d5d5d-0000-4000-8000-000000000202', N'AeX AC Client Agent', N'Inv_AeX_AC_Client_Agent', N'inventory', 1, N''),
  ('5d5d5d5d-0000-4000-8000-000000000203', N'AeX AC Primary User', N'Inv_AeX_AC_Primary_User', N'inventory', 1, N''),
  ('5d5d5d5d-0000-4000-8000-000000000204', N'AeX AC Location', N'Inv_AeX_AC_Location', N'inventory', 0, N''),
  ('5d5d5d5d-0000-4000-8000-000000000205', N'AeX AC VirtualMachine', N'Inv_AeX_AC_VirtualMachine', N'inventory', 0, N'');

INSERT INTO DataClassColumn (DataClassGuid, Position, Name, DataType, MaxLength) VALUES
  ('9e6f402a-6a45-4cba-9299-c2323f73a506', 0, N'Name', N'text', 256),
  ('9e6f402a-6a45-4cba-9299-c2323f73a506', 1, N'Domain', N'text', 256),
  ('9e6f402a-6a45-4cba-9299-c2323f73a506', 2, N'FQDN', N'text', 400),
  ('9e6f402a-6a45-4cba-9299-c2323f73a506', 3, N'OS Name', N'text', 256),
  ('9e6f402a-6a45-4cba-9299-c2323f73a506', 4, N'OS Version', N'text', 100),
  ('9e6f402a-6a45-4cba-9299-c2323f73a506', 5, N'System Type', N'text', 100),
  ('9e6f402a-6a45-4cba-9299-c2323f73a506', 6, N'Last Logon User', N'text', 256),
  ('9e6f402a-6a45-4cba-9299-c2323f73a506', 7, N'Client Date', N'text', 60),
  ('9e6f402a-6a45-4cba-9299-c2323f73a506', 8, N'OS Build Number', N'text', 60),
  ('9e6f402a-6a45-4cba-9299-c2323f73a506', 9, N'Time Zone', N'text', 100),
  ('9e6f402a-6a45-4cba-9299-c2323f73a506', 10, N'UniqueID', N'text', 256),
  ('9e6f402a-6a45-4cba-9299-c2323f73a506', 11, N'System Manufacturer', N'text', 256),
  ('9e6f402a-6a45-4cba-9299-c2323f73a506', 12, N'System Model', N'text', 256),
  ('5d5d5d5d-0000-4000-8000-000000000201', 0, N'Host Name', N'text', 256),
  ('5d5d5d5d-0000-4000-8000-000000000201', 1, N'Primary DNS Suffix', N'text', 256),
  ('5d5d5d5d-0000-4000-8000-000000000201', 2, N'IP Address', N'text', 45),
  ('5d5d5d5d-0000-4000-8000-000000000201', 3, N'Subnet Mask', N'text', 45),
  ('5d5d5d5d-0000-4000-8000-000000000201', 4, N'Subnet', N'text', 45),
  ('5d5d5d5d-0000-4000-8000-000000000201', 5, N'MAC Address', N'text', 32),
  ('5d5d5d5d-0000-4000-8000-000000000201', 6, N'Default Gateway', N'text', 45),
  ('5d5d5d5d-0000-4000-8000-000000000201', 7, N'DNS Server 1', N'text', 45),
  ('5d5d5d5d-0000-4000-8000-000000000201', 8, N'DNS Server 2', N'text', 45),
  ('5d5d5d5d-0000-4000-8000-000000000201', 9, N'Adapter', N'text', 256),
  ('5d5d5d5d-0000-4000-8000-000000000201', 10, N'DHCP Enabled', N'text', 10),
  ('5d5d5d5d-0000-4000-8000-000000000202', 0, N'Agent Name', N'text', 256),
  ('5d5d5d5d-0000-4000-8000-000000000202', 1, N'Product Version', N'text', 60),
  ('5d5d5d5d-0000-4000-8000-000000000202', 2, N'Build Number', N'text', 60),
  ('5d5d5d5d-0000-4000-8000-000000000202', 3, N'Install Path', N'text', 512),
  ('5d5d5d5d-0000-4000-8000-000000000202', 4, N'Agent Class Guid', N'text', 64),
  ('5d5d5d5d-0000-4000-8000-000000000203', 0, N'Month', N'text', 20),
  ('5d5d5d5d-0000-4000-8000-000000000203', 1, N'Year', N'text', 10),
  ('5d5d5d5d-0000-4000-8000-000000000203', 2, N'User', N'text', 256),
  ('5d5d5d5d-0000-4000-8000-000000000203', 3, N'Domain', N'text', 256),
  ('5d5d5d5d-0000-4000-8000-000000000203', 4, N'Server Generated', N'text', 10),
  ('5d5d5d5d-0000-4000-8000-000000000204', 0, N'Location', N'text', 256),
  ('5d5d5d5d-0000-4000-8000-000000000204', 1, N'Site', N'text', 256),
  ('5d5d5d5d-0000-4000-8000-000000000204', 2, N'Time Zone', N'text', 100),
  ('5d5d5d5d-0000-4000-8000-000000000205', 0, N'Is Virtual', N'text', 10),
  ('5d5d5d5d-0000-4000-8000-000000000205', 1, N'Hypervisor', N'text', 100),
  ('5d5d5d5d-0000-4000-8000-000000000205', 2, N'Host', N'text', 256);

INSERT INTO Item (Guid, Name, Description, ClassGuid, ProductGuid, Attributes, CreatedAt, CreatedBy, ModifiedAt, ModifiedBy) VALUES
  ('eb3a1a12-e1c7-4431-b060-f0333e4e488c', N'All Computers', N'Every managed computer.', '7f0c3b1e-2d54-4c8a-8f10-000000000003', NULL, 0, SYSUTCDATETIME(), N'system', SYSUTCDATETIME(), N'system'),
  ('142f2372-e64d-43c0-a207-17db2c0552c4', N'All Desktop computers (excluding ''Site Servers'')', N'How agents talk to the server.', '7f0c3b1e-2d54-4c8a-8f10-000000000002', NULL, 0, SYSUTCDATETIME(), N'system', SYSUTCDATETIME(), N'system'),
  ('4d0a6a5e-6c1b-4f57-9f0a-1c2d3e4f5a6b', N'Task Agent Settings', N'How agents choose a task server.', '7f0c3b1e-2d54-4c8a-8f10-000000000002', NULL, 0, SYSUTCDATETIME(), N'system', SYSUTCDATETIME(), N'system');

INSERT INTO Target (Guid, Kind) VALUES
  ('eb3a1a12-e1c7-4431-b060-f0333e4e488c', N'all');

INSERT INTO Policy (Guid, Kind, IsEnabled, PackageGuid, ProgramGuid, Settings, Version) VALUES
  ('142f2372-e64d-43c0-a207-17db2c0552c4', N'agentSettings', 1, NULL, NULL, N'{}', 1),
  ('4d0a6a5e-6c1b-4f57-9f0a-1c2d3e4f5a6b', N'taskAgent', 1, NULL, NULL, N'{}', 1);

INSERT INTO PolicyTarget (PolicyGuid, TargetGuid) VALUES
  ('142f2372-e64d-43c0-a207-17db2c0552c4', 'eb3a1a12-e1c7-4431-b060-f0333e4e488c'),
  ('4d0a6a5e-6c1b-4f57-9f0a-1c2d3e4f5a6b', 'eb3a1a12-e1c7-4431-b060-f0333e4e488c');
