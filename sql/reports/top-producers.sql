-- guid: 6c1f8f0e-57a1-4d0b-9a41-2f6d1c0a0012
-- name: Top event producers
-- folder: Server
-- tags: events
-- description: Computers that sent most events in the last hours.
-- parameter: Hours number 24 | Of the last (hours)
SELECT t.ResourceGuid, c.Name, SUM(t.Events) AS Events, SUM(t.Bytes) AS Bytes, SUM(t.Bad) AS Bad
FROM vEventTally t
LEFT JOIN vComputer c ON c.Guid = t.ResourceGuid
WHERE t.Kind = 'computer' AND t.[Hour] > DATEADD(hour, -1 * @Hours, GETDATE())
GROUP BY t.ResourceGuid, c.Name
ORDER BY SUM(t.Events) DESC
