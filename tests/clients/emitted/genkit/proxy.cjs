// Node's own fetch takes no notice of HTTPS_PROXY before version 24: this leads it to the front. Loaded by NODE_OPTIONS.
const { EnvHttpProxyAgent, setGlobalDispatcher } = require("undici");
setGlobalDispatcher(new EnvHttpProxyAgent());
