package stablediffusion.tornado.simulator;

/** An array that the work-items of a group share. */
record LocalArray(Object array, int length, AccessRecord accesses) {

    LocalArray(Object array, int length) {
        this(array, length, new AccessRecord(length));
    }
}
