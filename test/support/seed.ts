/**
 * Every run of the property tests draws the same, so that what fails is of the change's own making, and what holds here
 * holds elsewhere. With `SOAK` set they draw anew each time, and more.
 */
import fc from "fast-check";
import { isSoak } from "./runs.ts";

const SEED = 2026;

if (!isSoak) fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: SEED });
