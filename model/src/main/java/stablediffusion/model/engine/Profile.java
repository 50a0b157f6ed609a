package stablediffusion.model.engine;

import java.util.List;
import java.util.Map;

/**
 * Holds how long the parts of one run took on the device. The time that the host takes is in none of them.
 *
 * @param operations time of each operation, in the order in which they ran
 * @param around nanoseconds of what the device did besides computing; empty where it did nothing
 */
public record Profile(List<OperationTime> operations, Map<Around, Long> around) {

    /** Names what a device does besides computing. */
    public enum Around {
        COPY_IN("copies to the device"),
        COPY_OUT("copies from the device"),
        LAUNCH("launches");

        private final String description;

        Around(String description) {
            this.description = description;
        }

        /** Returns a description for people. */
        public String description() {
            return description;
        }
    }

    /** Returns the nanoseconds of all operations. */
    public long computing() {
        return operations.stream().mapToLong(OperationTime::nanoseconds).sum();
    }
}
