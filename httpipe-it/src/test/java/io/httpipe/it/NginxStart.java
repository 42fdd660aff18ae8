package io.httpipe.it;

import io.httpipe.test.NginxContainer;

/** A program that starts nginx in a container and prints why that fails. Its argument is the image. */
final class NginxStart {
    private NginxStart() {}

    public static void main(String[] arguments) {
        try (NginxContainer nginx = NginxContainer.of(arguments[0])) {
            nginx.start();
            System.out.println("nginx has started");
        } catch (IllegalStateException e) {
            System.out.println(e.getMessage());
        }
    }
}
