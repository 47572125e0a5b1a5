-- Runs of before answer with their last epoch.
-- AlterTable
ALTER TABLE "cross_validations" ADD COLUMN     "chosen_epoch" INTEGER,
ADD COLUMN     "epoch_choice" TEXT NOT NULL DEFAULT 'last',
ADD COLUMN     "epoch_losses" JSONB;
