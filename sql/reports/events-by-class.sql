-- guid: 6c1f8f0e-57a1-4d0b-9a41-2f6d1c0a0013
-- name: Events by data class
-- folder: Server
-- tags: events
-- description: Events and bytes by data class in the last hours.
-- parameter: Hours number 24 | Of the last (hours)
-- chart: shares, Data Class, Events
SELECT COALESCE(d.Name, t.Subject) AS [Data Class], SUM(t.Events) AS Events, SUM(t.Bytes) AS Bytes, SUM(t.Bad) AS Bad
FROM vEventTally t
LEFT JOIN DataClass d ON d.Name = t.Subject
WHERE t.Kind = 'dataClass' AND t.[Hour] > DATEADD(hour, -1 * @Hours, GETDATE())
GROUP BY COALESCE(d.Name, t.Subject)
ORDER BY SUM(t.Events) DESC
