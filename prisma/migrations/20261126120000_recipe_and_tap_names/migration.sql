-- The recipe "seed" is now "fine-tune", and the taps "seed-*" are now the tap, layer and pooling that
-- they read. Stored parameters are parsed again by retries and answers, which know the new words alone.

-- `folds.backend` is a record of what ran; it uses the words that the configuration beside it uses.
UPDATE "jobs" SET "params" = jsonb_set("params", '{training,recipe}', '"fine-tune"')
    WHERE "params" #>> '{training,recipe}' = 'seed';
UPDATE "cross_validations" SET "configuration" = jsonb_set("configuration", '{training,recipe}', '"fine-tune"')
    WHERE "configuration" #>> '{training,recipe}' = 'seed';
UPDATE "folds" SET "backend" = jsonb_set("backend", '{plan,recipe}', '"fine-tune"')
    WHERE "backend" #>> '{plan,recipe}' = 'seed';

CREATE TEMPORARY TABLE "renamed_taps" ON COMMIT DROP AS
    SELECT * FROM (VALUES
        ('seed-described', '{"tap": "block", "layer": 1, "pooling": "cls"}'::jsonb),
        ('seed-dropout-0', '{"tap": "attention-norm", "layer": 2, "pooling": "cls"}'::jsonb),
        ('seed-dropout', '{"tap": "feed-forward", "layer": 2, "pooling": "cls"}'::jsonb)
    ) AS taps ("tap", "head");
UPDATE "jobs" SET "params" = jsonb_set("params", '{model,head}', ("params" #> '{model,head}') || "head")
    FROM "renamed_taps" WHERE "params" #>> '{model,head,tap}' = "tap";
UPDATE "cross_validations"
    SET "configuration" = jsonb_set("configuration", '{model,head}', ("configuration" #> '{model,head}') || "head")
    FROM "renamed_taps" WHERE "configuration" #>> '{model,head,tap}' = "tap";
