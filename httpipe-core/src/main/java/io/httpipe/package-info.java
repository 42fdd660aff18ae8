/**
 * A blocking HTTP/1.1 client for virtual threads.
 *
 * {@snippet :
 * try (Httpipe hp = Httpipe.create()) {
 *     Response response = hp.get("http://127.0.0.1:9090/echo");
 *     System.out.println(response.status() + " " + response.text());
 * }
 * }
 *
 * <p>Start with {@link Httpipe} and {@link Request}. {@link Exchange} uses one connection step by step.
 *
 * <p>A failure on the network is thrown as an {@link HttpipeException}. A mistake of the caller is thrown as an
 * {@link IllegalArgumentException} or an {@link IllegalStateException}. Only parameters and results marked
 * {@code @Nullable} can be null.
 */
package io.httpipe;
