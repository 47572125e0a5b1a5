-- A run that pools several models keeps each model's probabilities as a run of its own.
ALTER TABLE "cross_validations" ADD COLUMN "parent_id" TEXT, ADD COLUMN "member" TEXT;

CREATE UNIQUE INDEX "cross_validations_parent_id_member_key" ON "cross_validations"("parent_id", "member");

ALTER TABLE "cross_validations" ADD CONSTRAINT "cross_validations_parent_id_fkey" FOREIGN KEY ("parent_id") REFERENCES "cross_validations"("id") ON DELETE CASCADE ON UPDATE CASCADE;
