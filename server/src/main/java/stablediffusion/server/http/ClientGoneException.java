package stablediffusion.server.http;

import java.io.IOException;

/** Reports that nobody waits for the answer any more. */
final class ClientGoneException extends IOException {
    ClientGoneException() {
        super("the client has gone");
    }

    ClientGoneException(Throwable cause) {
        super("the client has gone", cause);
    }
}
