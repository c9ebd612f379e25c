-- guid: 6c1f8f0e-57a1-4d0b-9a41-2f6d1c0a0015
-- name: Sources of a package
-- folder: Software
-- tags: package, example
-- description: From where computers may download a package.
-- parameter: PackageGuid guid | Package | SELECT PackageId, Name FROM SWDPackage ORDER BY Name
SELECT p.Name, s.URL, s.Source, s.Snapshot
FROM SWDPackageCodebase s
JOIN SWDPackage p ON p.PackageId = s.PackageId
WHERE @PackageGuid IS NULL OR s.PackageId = @PackageGuid
ORDER BY p.Name
