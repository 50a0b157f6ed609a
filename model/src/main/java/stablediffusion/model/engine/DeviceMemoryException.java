package stablediffusion.model.engine;

import stablediffusion.model.Remedy;
import stablediffusion.model.UserException;

/** A network does not fit a device. The caller can run it in smaller pieces, or tell the user. */
public final class DeviceMemoryException extends UserException {
    public DeviceMemoryException(String message, Remedy... remedies) {
        super(message, remedies);
    }

    public DeviceMemoryException(String message, Throwable cause, Remedy... remedies) {
        super(message, cause, remedies);
    }
}
