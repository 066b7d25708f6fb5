# The emitted Maven project, run as its own step says, without the network: the front is its proxy and its authority.
set -eu
keytool -importcert -noprompt -alias front -file "$SSL_CERT_FILE" -keystore front.p12 -storetype PKCS12 \
  -storepass throwaway >keytool.log 2>&1
export MAVEN_OPTS="-Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=${HTTPS_PROXY##*:} \
-Djavax.net.ssl.trustStore=$PWD/front.p12 -Djavax.net.ssl.trustStorePassword=throwaway"
exec mvn -o -q -B compile exec:java
