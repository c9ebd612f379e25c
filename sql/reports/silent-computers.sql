-- guid: 6c1f8f0e-57a1-4d0b-9a41-2f6d1c0a0001
-- name: Silent computers
-- folder: Computers
-- tags: agent, inventory, morning
-- description: Managed computers whose last basic inventory is older than so many days.
-- parameter: Days number 7 | Silent for more than (days)
SELECT c.Guid, c.Name, v.Domain, v.[OS Name], v.[User], MAX(u.ModifiedDate) AS [Last Inventory], k.LastContact AS [Last Contact]
FROM RM_ResourceComputer c
JOIN ResourceUpdateSummary u ON u.ResourceGuid = c.Guid
JOIN vComputer v ON v.Guid = c.Guid
LEFT JOIN vComputerContact k ON k.Guid = c.Guid
WHERE u.InventoryClassGuid = '9E6F402A-6A45-4CBA-9299-C2323F73A506' AND c.IsManaged = 1
GROUP BY c.Guid, c.Name, v.Domain, v.[OS Name], v.[User], k.LastContact
HAVING MAX(u.ModifiedDate) < DATEADD(day, -1 * @Days, GETDATE())
ORDER BY MAX(u.ModifiedDate)
