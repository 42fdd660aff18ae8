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
 * <p>Begin at {@link Httpipe} and {@link Request}; {@link Exchange} does the same one step at a time. What goes wrong
 * on the network is thrown as an {@link HttpipeException}, what the caller does wrong as an
 * {@link IllegalArgumentException} or {@link IllegalStateException}. Nothing takes or gives null unless marked so.
 */
package io.httpipe;
