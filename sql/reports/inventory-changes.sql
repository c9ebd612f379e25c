-- guid: 6c1f8f0e-57a1-4d0b-9a41-2f6d1c0a0014
-- name: Inventory changes
-- folder: Inventory
-- tags: inventory, history
-- description: What changed in the inventory of computers in the last days, newest first.
-- parameter: Days number 7 | Of the last (days)
-- parameter: Class text | Data class | SELECT Name FROM DataClass WHERE Kind = 'inventory' ORDER BY Name
SELECT h.ResourceGuid, c.Name, h.[Data Class], h.ChangedDate, h.Change
FROM vInventoryHistory h
JOIN vComputer c ON c.Guid = h.ResourceGuid
WHERE h.ChangedDate > DATEADD(day, -1 * @Days, GETDATE()) AND (@Class IS NULL OR h.[Data Class] = @Class)
ORDER BY h.ChangedDate DESC
