/** What no crash of the server touches, because others keep it: its clients, the masters, the metadata. */
import {Ledger} from './partition-model.js'

export class Outside {
  constructor(
    public ledger = new Ledger(),
    /** The partition, by a new number whenever it is made anew. */
    public partition = 1,
    /** Whether the masters list it for the server. */
    public isListed = false,
    /** Ids given out by the sequence so far, and the one that the server has used. */
    public ids = {given: 0, used: 0},
    /** Of a setting of the operator's: values that were asked for, and the last that was acknowledged. */
    public setting = {asked: 0, acknowledged: 0},
  ) {}

  clone(): Outside {
    return new Outside(this.ledger.clone(), this.partition, this.isListed, {...this.ids}, {...this.setting})
  }
}
