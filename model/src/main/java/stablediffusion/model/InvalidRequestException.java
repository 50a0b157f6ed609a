package stablediffusion.model;

/**
 * Reports that what was asked for is wrong in itself: a value out of its range, a name that nothing has, settings that exclude each other. It is
 * found before any work begins, and asking again is of no use. All other {@link UserException}s depend on files, devices and memory.
 */
public class InvalidRequestException extends UserException {

    public InvalidRequestException(String message, Remedy... remedies) {
        super(message, remedies);
    }

    public InvalidRequestException(String message, Throwable cause, Remedy... remedies) {
        super(message, cause, remedies);
    }
}
