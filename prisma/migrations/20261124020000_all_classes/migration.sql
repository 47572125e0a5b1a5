-- AlterTable
ALTER TABLE "samples" ADD COLUMN "all_class_indexes" INTEGER[] DEFAULT ARRAY[]::INTEGER[];
