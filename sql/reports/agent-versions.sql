-- guid: 6c1f8f0e-57a1-4d0b-9a41-2f6d1c0a0002
-- name: Agent and plug-in versions
-- folder: Computers
-- tags: agent
-- description: How many computers have which version of the agent and of its plug-ins.
-- chart: bars, Product Version, Computers
SELECT a.[Agent Name], a.[Product Version], COUNT(*) AS Computers
FROM Inv_AeX_AC_Client_Agent a
JOIN RM_ResourceComputer c ON c.Guid = a._ResourceGuid
GROUP BY a.[Agent Name], a.[Product Version]
ORDER BY a.[Agent Name], COUNT(*) DESC
