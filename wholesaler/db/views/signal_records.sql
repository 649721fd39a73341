-- Purpose: the records of every kind that can make a parcel a lead, active or not, with what they have in common.
-- ``is_signal``: this one does so now. A tax sale and a foreclosure do while they are listed, a violation while it is
-- open. The planner puts a condition on the view into each of its tables.
CREATE VIEW signal_records AS
SELECT
  market, 'tax_sales' AS record, source, record_key, parcel_id, property_id, address, city, zip_code, location,
  is_active, is_active AS is_signal
FROM tax_sales
UNION ALL
SELECT
  market, 'foreclosures', source, record_key, parcel_id, property_id, address, city, zip_code, location,
  is_active, is_active AS is_signal
FROM foreclosures
UNION ALL
SELECT
  market, 'code_violations', source, record_key, parcel_id, property_id, address, city, zip_code, location,
  is_active, is_active AND is_open AS is_signal
FROM code_violations;
