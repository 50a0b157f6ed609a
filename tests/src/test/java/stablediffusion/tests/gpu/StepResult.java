package stablediffusion.tests.gpu;

import java.util.List;

/**
 * Holds how a step ended.
 *
 * @param remarks what went wrong, first things first; empty if done
 */
record StepResult(Step step, Outcome outcome, double seconds, List<String> remarks) {
    /** Names how a step can end. */
    enum Outcome {
        DONE("done"),
        WRONG("WRONG RESULT"),
        FAILED("failed"),
        OUT_OF_TIME("out of time"),
        NOT_BEGUN("not begun");

        private final String label;

        Outcome(String label) {
            this.label = label;
        }

        String label() {
            return label;
        }
    }

    static StepResult notBegun(Step step, String why) {
        return new StepResult(step, Outcome.NOT_BEGUN, 0, List.of(why));
    }
}
