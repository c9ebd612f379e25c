-- guid: 6c1f8f0e-57a1-4d0b-9a41-2f6d1c0a0009
-- name: Identity conflicts
-- folder: Computers
-- tags: identity
-- description: One GUID used by several machines, and one machine under several GUIDs, as the server has noticed them.
-- parameter: State text open | State | SELECT DISTINCT State FROM vIdentityConflict
SELECT i.ResourceGuid, i.Computer, i.OtherGuid, i.[Other Computer], i.Kind, i.State, i.FirstSeen, i.LastSeen, i.TimesSeen
FROM vIdentityConflict i
WHERE @State IS NULL OR i.State = @State
ORDER BY i.LastSeen DESC
