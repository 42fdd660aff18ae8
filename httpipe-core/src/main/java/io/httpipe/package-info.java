/**
 * A blocking HTTP/1.1 client for virtual threads.
 *
 * {@snippet :
 * try (Httpipe hp = Httpipe.create()) {
 *     Response response = hp.get("http://127.0.0.1:9090/echo");
 *     System.out.println(response.status() + " " + response.text());
 * }
 * }
 */
package io.httpipe;
