-- Purpose: the records of every kind that can make a parcel a lead, active or not, with what they have in common.
-- ``is_signal``: this one does so now, or may on some day. A tax sale and a foreclosure do while they are listed, a
-- violation while it is open, an event of distress until its status is Closed. The planner puts a condition on the view
-- into each of its tables.
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
FROM code_violations
UNION ALL
SELECT
  market, 'distress_events', source, record_key, parcel_id, property_id, address, city, zip_code, location,
  is_active, is_active AND is_open AS is_signal
FROM distress_events;
