package stablediffusion.model.engine;

import stablediffusion.model.Remedy;
import stablediffusion.model.UserException;

/** Reports that a network does not fit into a device's memory. The caller can run it in tiles, or tell the user. */
public final class DeviceMemoryException extends UserException {
    public DeviceMemoryException(String message, Remedy... remedies) {
        super(message, remedies);
    }

    public DeviceMemoryException(String message, Throwable cause, Remedy... remedies) {
        super(message, cause, remedies);
    }
}
