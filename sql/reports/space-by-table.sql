-- guid: 6c1f8f0e-57a1-4d0b-9a41-2f6d1c0a0011
-- name: Space and growth by data class
-- folder: Server
-- tags: space
-- description: Rows and bytes of every table, now and so many days ago.
-- parameter: Days number 30 | Compared with (days ago)
-- chart: bars, Table, Megabytes
SELECT n.TableName AS [Table], d.Name AS [Data Class], n.[RowCount] AS [Rows], n.Bytes / 1048576 AS Megabytes,
  n.[RowCount] - o.[RowCount] AS [Rows Added], (n.Bytes - o.Bytes) / 1048576 AS [Megabytes Added], o.[Day] AS [Compared With]
FROM vSpaceSample n
LEFT JOIN DataClass d ON d.DataTableName = n.TableName
LEFT JOIN vSpaceSample o ON o.TableName = n.TableName
  AND o.[Day] = (SELECT MIN(p.[Day]) FROM vSpaceSample p WHERE p.TableName = n.TableName AND p.[Day] >= DATEADD(day, -1 * @Days, GETDATE()))
WHERE n.[Day] = (SELECT MAX(m.[Day]) FROM vSpaceSample m WHERE m.TableName = n.TableName)
ORDER BY n.Bytes DESC
