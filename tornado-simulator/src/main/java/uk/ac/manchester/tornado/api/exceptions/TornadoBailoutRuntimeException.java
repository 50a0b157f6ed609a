package uk.ac.manchester.tornado.api.exceptions;

/** A kernel that could not be compiled. */
public class TornadoBailoutRuntimeException extends RuntimeException {

    private static final long serialVersionUID = 1;

    public TornadoBailoutRuntimeException(String message) {
        super(message);
    }
}
