-- guid: 6c1f8f0e-57a1-4d0b-9a41-2f6d1c0a0010
-- name: Inventory freshness by data class
-- folder: Inventory
-- tags: inventory
-- description: How many computers have sent each data class, and how many of them within so many days.
-- parameter: Days number 7 | Fresh means within (days)
-- chart: bars, Data Class, Fresh, Older
SELECT d.Name AS [Data Class],
  SUM(CASE WHEN u.ModifiedDate > DATEADD(day, -1 * @Days, GETDATE()) THEN 1 ELSE 0 END) AS Fresh,
  SUM(CASE WHEN u.ModifiedDate > DATEADD(day, -1 * @Days, GETDATE()) THEN 0 ELSE 1 END) AS Older,
  SUM(u.[RowCount]) AS [Rows],
  MIN(u.ModifiedDate) AS Oldest,
  MAX(u.ModifiedDate) AS Newest
FROM ResourceUpdateSummary u
JOIN DataClass d ON d.Guid = u.InventoryClassGuid
GROUP BY d.Name
ORDER BY d.Name
