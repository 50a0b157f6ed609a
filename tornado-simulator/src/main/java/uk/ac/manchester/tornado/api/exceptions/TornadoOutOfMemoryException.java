package uk.ac.manchester.tornado.api.exceptions;

/** Reports that more memory was requested than the device or the plan's limit has. */
public class TornadoOutOfMemoryException extends RuntimeException {

    private static final long serialVersionUID = 1;

    public TornadoOutOfMemoryException(String message) {
        super(message);
    }
}
