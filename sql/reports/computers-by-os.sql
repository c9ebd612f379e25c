-- guid: 6c1f8f0e-57a1-4d0b-9a41-2f6d1c0a0003
-- name: Computers by operating system
-- folder: Computers
-- tags: inventory
-- description: Managed computers by operating system.
-- chart: shares, Operating System, Computers
SELECT CASE WHEN v.[OS Name] = '' THEN 'Unknown' ELSE v.[OS Name] END AS [Operating System], COUNT(*) AS Computers
FROM vComputer v
WHERE v.IsManaged = 1
GROUP BY CASE WHEN v.[OS Name] = '' THEN 'Unknown' ELSE v.[OS Name] END
ORDER BY COUNT(*) DESC
