package stablediffusion.model.engine;

import java.util.List;
import java.util.Map;

/**
 * Where the time of one run went. What the host did besides is in neither part.
 *
 * @param operations the time of each, in the order in which they ran
 * @param around nanoseconds of what the device did around them; empty where nothing is around
 */
public record Profile(List<OperationTime> operations, Map<Around, Long> around) {

    /** What a device of its own does besides computing. */
    public enum Around {
        COPY_IN("copies to the device"),
        COPY_OUT("copies from the device"),
        LAUNCH("launches");

        private final String description;

        Around(String description) {
            this.description = description;
        }

        /** For people. */
        public String description() {
            return description;
        }
    }

    /** Nanoseconds of all operations. */
    public long computing() {
        return operations.stream().mapToLong(OperationTime::nanoseconds).sum();
    }
}
