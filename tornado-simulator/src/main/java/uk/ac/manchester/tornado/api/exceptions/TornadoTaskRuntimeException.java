package uk.ac.manchester.tornado.api.exceptions;

/** Reports a task that cannot be part of its graph. */
public class TornadoTaskRuntimeException extends RuntimeException {

    private static final long serialVersionUID = 1;

    public TornadoTaskRuntimeException(String message) {
        super(message);
    }
}
