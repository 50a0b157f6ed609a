package uk.ac.manchester.tornado.api.enums;

/** When an array is copied between host and device. */
public class DataTransferMode {

    /** Before the first execution of the graph in its plan. */
    public static final int FIRST_EXECUTION = 0;

    /** Before, or after, every execution. */
    public static final int EVERY_EXECUTION = 1;

    /** When the result of an execution is asked for it; until then it stays on the device. */
    public static final int UNDER_DEMAND = 2;

    public DataTransferMode() {
    }
}
