-- What the service does to partitions, as functions of the tables' owner: the service's own role
-- need not own a table. Each names its tables itself, from a key, and finds nothing by a search path.

-- The name of a run's partition; with an epoch, of the table of that epoch's rows during a vote.
CREATE FUNCTION partitions.name_of(parent text, key integer, epoch integer) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF parent IS NULL OR parent NOT IN ('samples', 'fold_probabilities') OR key IS NULL OR key < 0 OR epoch < 0
    OR (epoch IS NOT NULL AND parent <> 'fold_probabilities') THEN
    RAISE EXCEPTION 'no table of % is named by key % and epoch %', parent, key, epoch
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  RETURN parent || '_' || key || coalesce('_e' || epoch, '');
END $$;

-- The column of the parent that holds the key.
CREATE FUNCTION partitions.key_column(parent text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE parent WHEN 'samples' THEN 'dataset_key' ELSE 'cross_validation_key' END
$$;

-- Creates an empty table that attach_table can make the run's partition without a scan of its rows.
CREATE FUNCTION partitions.create_table(parent text, key integer, epoch integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  name text := partitions.name_of(parent, key, epoch);
BEGIN
  EXECUTE format(
    'CREATE TABLE partitions.%I (LIKE public.%I INCLUDING ALL, CONSTRAINT of_run CHECK (%I = %s))',
    name, parent, partitions.key_column(parent), key);
  -- Rows of up to 2,000 classes stay inline instead of going to TOAST at 2 KB.
  IF parent = 'fold_probabilities' THEN
    EXECUTE format('ALTER TABLE partitions.%I SET (toast_tuple_target = 8160)', name);
  END IF;
END $$;

-- Makes such a table the run's partition; that of an epoch takes the partition's name.
CREATE FUNCTION partitions.attach_table(parent text, key integer, epoch integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  name text := partitions.name_of(parent, key, NULL);
BEGIN
  IF epoch IS NOT NULL THEN
    EXECUTE format('ALTER TABLE partitions.%I RENAME TO %I',
      partitions.name_of(parent, key, epoch), name);
  END IF;
  EXECUTE format('ALTER TABLE public.%I ATTACH PARTITION partitions.%I FOR VALUES IN (%s)',
    parent, name, key);
  EXECUTE format('ALTER TABLE partitions.%I DROP CONSTRAINT of_run', name);
END $$;

-- Frees the space of a table's rows at once.
CREATE FUNCTION partitions.empty_table(parent text, key integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE format('TRUNCATE partitions.%I', partitions.name_of(parent, key, NULL));
END $$;

CREATE FUNCTION partitions.drop_table(parent text, key integer, epoch integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE format('DROP TABLE IF EXISTS partitions.%I', partitions.name_of(parent, key, epoch));
END $$;

-- `winnow migrate` grants them to the service's role.
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA partitions FROM PUBLIC;
