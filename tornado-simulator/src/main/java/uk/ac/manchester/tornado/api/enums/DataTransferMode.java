package uk.ac.manchester.tornado.api.enums;

/** Selects when an array is copied between host and device. */
public class DataTransferMode {

    /** Before the first execution of the graph in its plan. */
    public static final int FIRST_EXECUTION = 0;

    /** Before, or after, every execution. */
    public static final int EVERY_EXECUTION = 1;

    /** On request to the result of an execution; until then the array stays on the device. */
    public static final int UNDER_DEMAND = 2;

    public DataTransferMode() {}
}
