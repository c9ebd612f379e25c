-- guid: 6c1f8f0e-57a1-4d0b-9a41-2f6d1c0a0007
-- name: Failed deliveries with computer
-- folder: Software
-- tags: delivery, morning
-- description: Computers on which a policy failed last, with the reason they gave.
-- parameter: Days number 30 | Of the last (days)
-- parameter: Policy guid | Policy | SELECT AdvertisementId, Name FROM SWDAdvertisement ORDER BY Name
SELECT d.ResourceGuid, d.Computer, d.Policy, d.Status, d.ReturnCode, d.Detail, d.UpdatedDate
FROM vPolicyDelivery d
WHERE d.Status IN ('failed', 'download_failed') AND d.UpdatedDate > DATEADD(day, -1 * @Days, GETDATE())
  AND (@Policy IS NULL OR d.PolicyGuid = @Policy)
ORDER BY d.UpdatedDate DESC
