-- guid: 6c1f8f0e-57a1-4d0b-9a41-2f6d1c0a0004
-- name: Find computers
-- folder: Computers
-- tags: search, example
-- description: Computers with a text somewhere in name, domain, address or user. % and _ are wildcards.
-- parameter: Text text % | Name, domain, address or user contains
SELECT v.Guid, v.Name, v.Domain, v.[IP Address], v.[MAC Address], v.[User], v.[OS Name]
FROM vComputer v
WHERE v.Name LIKE CONCAT('%', @Text, '%') OR v.Domain LIKE CONCAT('%', @Text, '%')
   OR v.[IP Address] LIKE CONCAT('%', @Text, '%') OR v.[User] LIKE CONCAT('%', @Text, '%')
ORDER BY v.Name
