package io.httpipe.internal.connect;

import org.jspecify.annotations.Nullable;

/** A user name and a password for a proxy. Two logins are equal if their names and passwords are equal. Thread-safe. */
public abstract class ProxyLogin {
    private final String user;
    private final String password;

    protected ProxyLogin(String user, String password) {
        this.user = user;
        this.password = password;
    }

    final String user() {
        return user;
    }

    final String password() {
        return password;
    }

    /** Returns the authentication for one tunnel through an HTTP proxy. */
    protected abstract TunnelAuthentication begin(ProxyIdentity proxy, CallTimeouts timeouts);

    @Override
    public final boolean equals(@Nullable Object other) {
        return other instanceof ProxyLogin login && user.equals(login.user) && password.equals(login.password);
    }

    @Override
    public final int hashCode() {
        return user.hashCode() * 31 + password.hashCode();
    }

    /** Shows neither name nor password. */
    @Override
    public final String toString() {
        return "***";
    }
}
