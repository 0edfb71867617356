// In a Worker: npm run worker (.dev.vars has FEATUREFLIP_SDK_KEY=…). The page is an asset, so it costs no request of the Worker.
import { createApp } from "./app.js";

export default createApp();
