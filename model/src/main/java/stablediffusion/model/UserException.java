package stablediffusion.model;

import java.util.List;

/**
 * Reports a failure that the caller can do something about. The message is one line: what is wrong and where. {@link #remedies} says what
 * would help, where that is a setting of the program and not plain from the message. Everything else that is thrown is a bug.
 */
public class UserException extends RuntimeException {
    private final List<Remedy> remedies;

    public UserException(String message, Remedy... remedies) {
        super(message);
        this.remedies = List.of(remedies);
    }

    public UserException(String message, Throwable cause, Remedy... remedies) {
        super(message, cause);
        this.remedies = List.of(remedies);
    }

    /** Returns what would help, the best first; often empty. */
    public List<Remedy> remedies() {
        return remedies;
    }
}
