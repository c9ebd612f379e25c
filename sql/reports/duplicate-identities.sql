-- guid: 6c1f8f0e-57a1-4d0b-9a41-2f6d1c0a0008
-- name: Duplicate identities
-- folder: Computers
-- tags: identity, morning
-- description: Computers that share a hardware key or a name and domain with another one.
SELECT k.ResourceGuid AS Guid, c.Name, k.KeyName, k.KeyValue, o.ResourceGuid AS [Other Guid], d.Name AS [Other Name]
FROM ResourceKey k
JOIN ResourceKey o ON o.KeyName = k.KeyName AND o.KeyValue = k.KeyValue AND o.ResourceGuid > k.ResourceGuid
JOIN RM_ResourceComputer c ON c.Guid = k.ResourceGuid
JOIN RM_ResourceComputer d ON d.Guid = o.ResourceGuid
ORDER BY k.KeyName, k.KeyValue
