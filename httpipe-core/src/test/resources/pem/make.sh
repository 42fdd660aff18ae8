#!/usr/bin/env bash
# Makes the certificates and keys of this folder again, with OpenSSL 3. They are for tests only, valid for 100 years.
# The password of the encrypted keys is "fixture-secret".
set -euo pipefail
cd "$(dirname "$0")"
rm -f -- *.pem *.key

days=36500
ca=(-CA ca.pem -CAkey ca.tmp -days "$days")
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days "$days" -subj "/CN=fixture authority" \
  -keyout ca.tmp -out ca.pem

sign() { # name, signer...
  local name=$1
  shift
  openssl req -new -key "$name.key" -subj "/CN=$name" -out csr.tmp
  openssl x509 -req -in csr.tmp "$@" -out "$name.pem"
}

openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.key
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out ec.key
openssl genpkey -algorithm Ed25519 -out ed25519.key
for name in rsa ec ed25519; do
  sign "$name" "${ca[@]}"
  openssl pkcs8 -topk8 -v2 aes-256-cbc -in "$name.key" -out "$name-encrypted.key" -passout pass:fixture-secret
done
openssl rsa -in rsa.key -traditional -out rsa-pkcs1.key
openssl rsa -in rsa.key -traditional -aes128 -passout pass:fixture-secret -out rsa-legacy.key
openssl ec -in ec.key -out ec-sec1.key
openssl ec -in ec.key -aes128 -passout pass:fixture-secret -out ec-legacy.key
openssl ecparam -name prime256v1 -genkey -out ec-parameters.key
cp ec-parameters.key p256.key
sign p256 "${ca[@]}"
openssl ec -in ec.key -no_public -param_enc explicit -out ec-explicit.key
openssl pkcs8 -topk8 -v2 aes-128-cbc -v2prf hmacWithSHA1 -in ec.key -out ec-sha1.key -passout pass:fixture-secret
openssl pkcs8 -topk8 -scrypt -in ec.key -out ec-scrypt.key -passout pass:fixture-secret

# A client whose certificate comes from an intermediate authority.
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out between.key
printf 'basicConstraints=critical,CA:TRUE\n' > ext.tmp
sign between "${ca[@]}" -extfile ext.tmp
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out below.key
sign below -CA between.pem -CAkey between.key -days "$days"
{ openssl x509 -in below.pem -text; cat between.pem; } > chain.pem
cat below.key chain.pem > all-in-one.pem

rm -f -- *.tmp *.srl between.* below.pem p256.key
