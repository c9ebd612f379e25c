-- guid: 6c1f8f0e-57a1-4d0b-9a41-2f6d1c0a0005
-- name: Computers with a service
-- folder: Computers
-- tags: search, example, inventory
-- description: Computers that run a service whose name contains a text, by basic inventory.
-- parameter: Service text sql | Service contains
SELECT c.Guid, c.Name, s.Name AS Service, s.[Display Name], s.[State], s.[Start Mode]
FROM Inv_AeX_AC_NT_Services s
JOIN vComputer c ON c.Guid = s._ResourceGuid
WHERE s.Name LIKE CONCAT('%', @Service, '%') OR s.[Display Name] LIKE CONCAT('%', @Service, '%')
ORDER BY s.Name, c.Name
