package stablediffusion.tests.fuzz;

/** Reads something that a user may name, in a way that a seed decides. */
interface Target {
    String name();

    /**
     * Makes an input and reads it.
     *
     * @param folder empty; what is in it afterwards, beside the input and what was asked for, was left behind
     * @throws Exception of any kind other than a UserException is a finding
     */
    void run(Mutator mutator, Scratch folder) throws Exception;
}
