import { testStore } from "../contract.ts";
import { testActivity } from "../contract_activity.ts";
import { testCare } from "../contract_care.ts";
import { testNotices } from "../contract_notices.ts";
import { testGaps } from "../contract_gaps.ts";
import { testReports } from "../contract_reports.ts";
import { placeOf, sceneOf } from "./places.ts";

const POSTGRES = { name: "PostgreSQL", make: sceneOf };

testReports(POSTGRES);
testGaps(POSTGRES);
testActivity(POSTGRES);
testCare(POSTGRES);
testNotices(POSTGRES);
testStore({ name: "postgres", hasLockFolder: false, place: () => placeOf() });
