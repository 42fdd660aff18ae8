package io.httpipe;

/** Methods in which calls of several kinds wait. */
interface Where {
    String RACE = "AddressRace.connect SocketTransport.connect";
    String READ_BODY = "Http1Conversation.readBody SocketTransport.read";
    String WRITE = "Upload.write SocketTransport.write";
    String FEED = "Upload.feedAside";
    String READ_HEAD = "Http1Conversation.takeHead SocketTransport.read";
    String DRAIN = "Http1Conversation.drain SocketTransport.read";
    String AWAIT_UPLOAD = "BackgroundUpload.await";
    String TUNNEL = "HttpTunnel.open SocketTransport.read";
    String HANDSHAKE = "TlsTransport.handshake";
    String PAUSE = "Waits.until";
}
