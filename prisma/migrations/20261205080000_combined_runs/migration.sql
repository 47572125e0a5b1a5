-- A run can be the mean of others.
ALTER TABLE "cross_validations" ADD COLUMN "combined_of" TEXT[] DEFAULT ARRAY[]::TEXT[];

-- How many of a run's models flag a row.
ALTER TABLE "flags" ADD COLUMN "stability" DOUBLE PRECISION;
