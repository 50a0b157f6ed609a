package uk.ac.manchester.tornado.api.exceptions;

/** Reports a kernel that could not be compiled. */
public class TornadoBailoutRuntimeException extends RuntimeException {

    private static final long serialVersionUID = 1;

    public TornadoBailoutRuntimeException(String message) {
        super(message);
    }
}
