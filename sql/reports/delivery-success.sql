-- guid: 6c1f8f0e-57a1-4d0b-9a41-2f6d1c0a0006
-- name: Delivery success by policy
-- folder: Software
-- tags: delivery, morning
-- description: Program runs of each policy and how many of them succeeded (return codes 0, 1641 and 3010).
-- parameter: Days number 30 | Of the last (days)
-- chart: bars, Policy, Succeeded, Failed
SELECT e.AdvertisementName AS Policy,
  SUM(CASE WHEN e.ReturnCode IN (0, 1641, 3010) THEN 1 ELSE 0 END) AS Succeeded,
  SUM(CASE WHEN e.ReturnCode IN (0, 1641, 3010) THEN 0 ELSE 1 END) AS Failed,
  COUNT(DISTINCT e._ResourceGuid) AS Computers,
  MAX(e.[Start]) AS [Last Run]
FROM Evt_AeX_SWD_Execution e
WHERE e.[Start] > DATEADD(day, -1 * @Days, GETDATE())
GROUP BY e.AdvertisementName
ORDER BY COUNT(*) DESC
