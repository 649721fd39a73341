set -e
cd "$(dirname "$0")"; rm -rf out; mkdir out; cd out
ogr2ogr -f GPKG parcels.gpkg ../parcels.geojson -t_srs EPSG:2236 -nlt MULTIPOLYGON -nln parcels
cp parcels.gpkg layers.gpkg
printf 'CODE,WORD\n01,House\n' > codes.csv
ogr2ogr -f GPKG -update layers.gpkg codes.csv -nln codes
printf 'PARCEL_NUMBER,WKT\n000123,POINT (533000 1528000)\n' > unplaced.csv
ogr2ogr -f GPKG unplaced.gpkg unplaced.csv -nln parcels -oo KEEP_GEOM_COLUMNS=NO -oo GEOM_POSSIBLE_NAMES=WKT
mkdir shp; ogr2ogr -f "ESRI Shapefile" shp/Parcels.shp parcels.gpkg -lco ENCODING=CP1252
zip -q -X -j parcels.shp.zip shp/Parcels.shp shp/Parcels.shx shp/Parcels.dbf shp/Parcels.prj shp/Parcels.cpg
zip -q -X -j unplaced.shp.zip shp/Parcels.shp shp/Parcels.shx shp/Parcels.dbf
ogr2ogr -f OpenFileGDB county.gdb parcels.gpkg -nln Parcels
ogr2ogr -f OpenFileGDB -update county.gdb codes.csv -nln Codes
zip -q -X -r county.gdb.zip county.gdb
printf 'id,WKT\n1,"CURVEPOLYGON(CIRCULARSTRING(-81.38 28.54,-81.379 28.541,-81.378 28.54,-81.379 28.539,-81.38 28.54))"\n2,"COMPOUNDCURVE((-81.4 28.5,-81.39 28.5),CIRCULARSTRING(-81.39 28.5,-81.385 28.505,-81.38 28.5))"\n3,"MULTISURFACE(CURVEPOLYGON(COMPOUNDCURVE(CIRCULARSTRING(-81.38 28.54,-81.379 28.541,-81.378 28.54),(-81.378 28.54,-81.38 28.54))))"\n4,POINT Z (-81.37 28.53 12)\n5,POINT EMPTY\n' > curves.csv
ogr2ogr -f GPKG curves.gpkg curves.csv -a_srs EPSG:4326 -nln curves -nlt GEOMETRY -oo KEEP_GEOM_COLUMNS=NO -oo GEOM_POSSIBLE_NAMES=WKT
ls -la
