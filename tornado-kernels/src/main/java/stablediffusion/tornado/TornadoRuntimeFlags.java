package stablediffusion.tornado;

import stablediffusion.model.UserException;

/**
 * Checks the JVM flags that TornadoVM needs, which {@code ./sd} adds.
 */
final class TornadoRuntimeFlags {
    /** Set by the SDK's own argument file, and by nothing else. */
    private static final String RUNTIME = "tornado.load.api.implementation";

    private static final String FALL_BACK = "tornado.recover.bailout";
    private static final String BYTECODES = "tornado.tvm.maxbytecodesize";
    private static final int ENOUGH_BYTECODES = 65536;

    private TornadoRuntimeFlags() {}

    /** Returns true if the JVM was started with TornadoVM. */
    static boolean present() {
        return System.getProperty(RUNTIME) != null;
    }

    /** @throws UserException where a flag is missing without which results are wrong or large plans fail */
    static void require() {
        if (!"false".equals(System.getProperty(FALL_BACK))) {
            throw new UserException("TornadoVM would run what it cannot compile as wrong sequential code: start with ./sd, or add -D"
                    + FALL_BACK + "=false to the JVM's flags");
        }
        if (Integer.getInteger(BYTECODES, 0) < ENOUGH_BYTECODES) {
            throw new UserException(
                    "TornadoVM's plans are too small: start with ./sd, or add -D" + BYTECODES + "=" + ENOUGH_BYTECODES
                            + " to the JVM's flags");
        }
    }
}
