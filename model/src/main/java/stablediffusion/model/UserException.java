package stablediffusion.model;

/**
 * A failure that the person at the keyboard can do something about. The message is one clear line: what was wrong, where,
 * and what to do next. Everything else that is thrown is a bug.
 */
public class UserException extends RuntimeException {
    public UserException(String message) {
        super(message);
    }

    public UserException(String message, Throwable cause) {
        super(message, cause);
    }
}
