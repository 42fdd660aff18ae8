/**
 * One request on its way: from the pool over a connection and back. It turns an {@link io.httpipe.internal.call.Outgoing}
 * into bytes, reads the response, and sends long bodies beside it. It knows nothing of the public types; its errors are
 * plain {@link java.io.IOException}s.
 */
package io.httpipe.internal.call;
